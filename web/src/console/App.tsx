import { Center } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense } from 'react';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { EmptyState, ErrorState, LiveProvider, LoadingState, useLiveEvent, ZoneProvider } from '@/shared';
import { useTranslation } from 'react-i18next';
import { loadTexts } from '@/shared/i18n';
import { AgendaPage } from './agenda/AgendaPage';
import { CallPage } from './call/CallPage';
import { ConsolePage } from './frame/ConsolePage';
import { useHeartbeat } from './frame/presence';
import { IdentificationPage } from './identifications/DetailPage';
import { IdentificationsPage } from './identifications/ListPage';
import { Offer } from './offer/OfferCard';
import { QueuePage } from './queue/QueuePage';
import { InvitationPage } from './session/InvitationPage';
import { type Deed, useMay } from './session/roles';
import { SessionProvider, useExpiry, useSession } from './session/session';
import { SignInPage } from './session/SignInPage';

/** A page about the telephone, whose texts come with it. */
function voice(load: () => Promise<{ default: ComponentType }>) {
  return lazy(async () => (await Promise.all([load(), loadTexts('voice')]))[0]);
}

const WallboardPage = lazy(() => import('./wallboard/WallboardPage').then((m) => ({ default: m.WallboardPage })));
const CallsPage = lazy(() => import('./calls/CallsPage').then((m) => ({ default: m.CallsPage })));
const QueuesPage = lazy(() => import('./admin/QueuesPage').then((m) => ({ default: m.QueuesPage })));
const PolicyPage = lazy(() => import('./admin/PolicyPage').then((m) => ({ default: m.PolicyPage })));
const CustomersPage = lazy(() => import('./customers/CustomersPage').then((m) => ({ default: m.CustomersPage })));
const CustomerPage = lazy(() => import('./customers/CustomerPage').then((m) => ({ default: m.CustomerPage })));
const MessagesPage = lazy(() => import('./messages/MessagesPage').then((m) => ({ default: m.MessagesPage })));
const BatchesPage = lazy(() => import('./messages/BatchesPage').then((m) => ({ default: m.BatchesPage })));
const BatchPage = lazy(() => import('./messages/BatchPage').then((m) => ({ default: m.BatchPage })));
const NewBatchPage = lazy(() => import('./messages/NewBatchPage').then((m) => ({ default: m.NewBatchPage })));
const VerificationsPage = lazy(() => import('./verifications/VerificationsPage').then((m) => ({ default: m.VerificationsPage })));
const WebhooksPage = lazy(() => import('./webhooks/WebhooksPage').then((m) => ({ default: m.WebhooksPage })));
const EndpointPage = lazy(() => import('./webhooks/EndpointPage').then((m) => ({ default: m.EndpointPage })));
const EventsPage = lazy(() => import('./events/EventsPage').then((m) => ({ default: m.EventsPage })));
const AgentsPage = lazy(() => import('./admin/AgentsPage').then((m) => ({ default: m.AgentsPage })));
const HoursPage = lazy(() => import('./hours/HoursPage').then((m) => ({ default: m.HoursPage })));
const MyHoursPage = lazy(() => import('./hours/MyHoursPage').then((m) => ({ default: m.MyHoursPage })));
const BranchPage = lazy(() => import('./branch/BranchPage').then((m) => ({ default: m.BranchPage })));
const HolidaysPage = lazy(() => import('./hours/HolidaysPage').then((m) => ({ default: m.HolidaysPage })));
const BookingRulesPage = lazy(() => import('./bookingrules/BookingRulesPage').then((m) => ({ default: m.BookingRulesPage })));
const KeysPage = lazy(() => import('./admin/KeysPage').then((m) => ({ default: m.KeysPage })));
const TextsPage = lazy(() => import('./admin/TextsPage').then((m) => ({ default: m.TextsPage })));
const VerificationSettingsPage = lazy(() => import('./admin/VerificationSettingsPage').then((m) => ({ default: m.VerificationSettingsPage })));
const ClipsPage = lazy(() => import('./admin/ClipsPage').then((m) => ({ default: m.ClipsPage })));
const ProvidersPage = lazy(() => import('./delivery/ProvidersPage').then((m) => ({ default: m.ProvidersPage })));
const RoutesPage = lazy(() => import('./delivery/RoutesPage').then((m) => ({ default: m.RoutesPage })));
const SendersPage = lazy(() => import('./delivery/SendersPage').then((m) => ({ default: m.SendersPage })));
const InboundPage = lazy(() => import('./delivery/InboundPage').then((m) => ({ default: m.InboundPage })));
const OptOutsPage = lazy(() => import('./delivery/OptOutsPage').then((m) => ({ default: m.OptOutsPage })));
const CampaignsPage = voice(() => import('./campaigns/CampaignsPage').then((m) => ({ default: m.CampaignsPage })));
const NewCampaignPage = voice(() => import('./campaigns/EditCampaignPage').then((m) => ({ default: m.NewCampaignPage })));
const EditCampaignPage = voice(() => import('./campaigns/EditCampaignPage').then((m) => ({ default: m.EditCampaignPage })));
const CampaignPage = voice(() => import('./campaigns/CampaignPage').then((m) => ({ default: m.CampaignPage })));
const FlowsPage = voice(() => import('./flows/FlowsPage').then((m) => ({ default: m.FlowsPage })));
const FlowPage = voice(() => import('./flows/FlowPage').then((m) => ({ default: m.FlowPage })));
const PhoneCallsPage = voice(() => import('./phonecalls/PhoneCallsPage').then((m) => ({ default: m.PhoneCallsPage })));
const WaitlistPage = lazy(() => import('./waitlist/WaitlistPage').then((m) => ({ default: m.WaitlistPage })));
const ChatsPage = lazy(() => import('./chats/ChatsPage').then((m) => ({ default: m.ChatsPage })));
const ChatBotPage = lazy(() => import('./admin/ChatBotPage').then((m) => ({ default: m.ChatBotPage })));
const KioskPage = lazy(() => import('./kiosk/KioskPage').then((m) => ({ default: m.KioskPage })));
const BankPage = lazy(() => import('./admin/BankPage').then((m) => ({ default: m.BankPage })));

/** The whole console; its URLs begin with /console. */
export function App() {
  return (
    <BrowserRouter basename="/console">
      <Routes>
        <Route path="/invitation" element={<InvitationPage />} />
        <Route path="/kiosk" element={<Suspense fallback={<LoadingState />}><KioskPage /></Suspense>} />
        <Route path="*" element={<Door />} />
      </Routes>
    </BrowserRouter>
  );
}

/** Lets in who is signed in; the address stays, so that one comes back to the same page. */
function Door() {
  const session = useSession();
  const expired = useExpiry();
  if (session.data === undefined) {
    return (
      <Center mih="100dvh" component="main">
        {session.error ? <ErrorState error={session.error} onRetry={() => void session.refetch()} /> : <LoadingState />}
      </Center>
    );
  }
  if (session.data === null) return <SignInPage expired={expired} />;
  return (
    <SessionProvider value={session.data}>
      <LiveProvider url="/v1/feed?as=agent">
        {/* One clock for all that the bank's people see, the agenda's; they may sit in several zones. */}
        <ZoneProvider value={session.data.bank.time_zone}>
          <Pages />
        </ZoneProvider>
      </LiveProvider>
    </SessionProvider>
  );
}

function Pages() {
  const may = useMay();
  const client = useQueryClient();
  useHeartbeat();
  // Consents, forms and the like are told under nouns of their own, but all name their case.
  useLiveEvent('*', ({ data }) => {
    const about = data.data as Record<string, unknown> | undefined;
    if (typeof about?.identification_id === 'string') void client.invalidateQueries({ queryKey: ['identifications', about.identification_id] });
    void client.invalidateQueries({ queryKey: ['events'] });
  });
  const only = (deed: Deed, page: React.ReactNode) => (may(deed) ? page : <NoPage />);
  return (
    <>
      <Suspense fallback={<Center mih="100dvh" component="main"><LoadingState /></Center>}>
        <Routes>
          <Route index element={<Navigate to="/agenda" replace />} />
          <Route path="agenda" element={<AgendaPage />} />
          <Route path="agenda/hours" element={only('haveHours', <MyHoursPage />)} />
          <Route path="agenda/waitlist" element={<WaitlistPage />} />
          <Route path="queue/branch" element={only('seeTickets', <BranchPage />)} />
          <Route path="queue" element={only('seeQueue', <QueuePage />)} />
          <Route path="chats" element={only('seeChats', <ChatsPage />)} />
          <Route path="chats/:identificationId" element={only('seeChats', <ChatsPage />)} />
          <Route path="wallboard" element={only('seeWallboard', <WallboardPage />)} />
          <Route path="calls" element={<CallsPage />} />
          <Route path="calls/:callId" element={<CallPage />} />
          <Route path="identifications" element={<IdentificationsPage />} />
          <Route path="identifications/:identificationId" element={<IdentificationPage />} />
          <Route path="customers" element={only('listCustomers', <CustomersPage />)} />
          <Route path="customers/:customerId" element={only('listCustomers', <CustomerPage />)} />
          <Route path="activity" element={<Navigate to="/activity/messages" replace />} />
          <Route path="activity/messages" element={only('seeMessages', <MessagesPage />)} />
          <Route path="activity/batches" element={only('seeMessages', <BatchesPage />)} />
          <Route path="activity/batches/new" element={only('administer', <NewBatchPage />)} />
          <Route path="activity/batches/:batchId" element={only('seeMessages', <BatchPage />)} />
          <Route path="activity/verifications" element={only('seeMessages', <VerificationsPage />)} />
          <Route path="activity/inbound" element={only('seeMessages', <InboundPage />)} />
          <Route path="activity/opt-outs" element={only('seeMessages', <OptOutsPage />)} />
          <Route path="activity/providers" element={only('seeMessages', <ProvidersPage />)} />
          <Route path="activity/events" element={only('seeEvents', <EventsPage />)} />
          <Route path="activity/webhooks" element={only('administer', <WebhooksPage />)} />
          <Route path="activity/webhooks/:endpointId" element={only('administer', <EndpointPage />)} />
          <Route path="telephone" element={<Navigate to="/telephone/campaigns" replace />} />
          <Route path="telephone/campaigns" element={only('seeTelephone', <CampaignsPage />)} />
          <Route path="telephone/campaigns/new" element={only('runCampaigns', <NewCampaignPage />)} />
          <Route path="telephone/campaigns/:campaignId" element={only('seeTelephone', <CampaignPage />)} />
          <Route path="telephone/campaigns/:campaignId/edit" element={only('runCampaigns', <EditCampaignPage />)} />
          <Route path="telephone/flows" element={only('seeTelephone', <FlowsPage />)} />
          <Route path="telephone/flows/:name" element={only('seeTelephone', <FlowPage />)} />
          <Route path="telephone/calls" element={only('seeTelephone', <PhoneCallsPage />)} />
          <Route path="admin" element={<Navigate to="/admin/agents" replace />} />
          <Route path="admin/agents" element={only('seeAgents', <AgentsPage />)} />
          <Route path="admin/hours" element={only('setHours', <HoursPage />)} />
          <Route path="admin/queues" element={only('setHours', <QueuesPage />)} />
          <Route path="admin/policy" element={only('administer', <PolicyPage />)} />
          <Route path="admin/holidays" element={only('setHours', <HolidaysPage />)} />
          <Route path="admin/booking" element={only('setHours', <BookingRulesPage />)} />
          <Route path="admin/keys" element={only('administer', <KeysPage />)} />
          <Route path="admin/texts" element={only('administer', <TextsPage />)} />
          <Route path="admin/routes" element={only('administer', <RoutesPage />)} />
          <Route path="admin/senders" element={only('administer', <SendersPage />)} />
          <Route path="admin/clips" element={only('administer', <ClipsPage />)} />
          <Route path="admin/verifications" element={only('administer', <VerificationSettingsPage />)} />
          <Route path="admin/chat-bot" element={only('administer', <ChatBotPage />)} />
          <Route path="admin/bank" element={only('administer', <BankPage />)} />
          <Route path="*" element={<NoPage />} />
        </Routes>
      </Suspense>
      <Offer />
    </>
  );
}

function NoPage() {
  const { t } = useTranslation('console');
  return (
    <ConsolePage title={t('noPage.title')}>
      <EmptyState title={t('noPage.title')}>{t('noPage.text')}</EmptyState>
    </ConsolePage>
  );
}
