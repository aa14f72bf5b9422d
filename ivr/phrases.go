package ivr

import (
	"sync"

	"go.yaml.in/yaml/v3"
)

// phraseSource are what all flows say alike. Persian is recordings (channels/voice).
var phraseSource = map[string]map[string]string{
	"nothing": {
		"en": "We did not hear a key.", "vi": "Chúng tôi chưa nhận được phím bấm nào.", "zh": "没有收到您的按键。",
		"fa": "[ivr_nothing]", "ru": "Мы не услышали нажатия.", "uk": "Ми не почули натискання.",
	},
	"invalid": {
		"en": "That key is not one of the choices.", "vi": "Phím này không có trong các lựa chọn.", "zh": "按键无效。",
		"fa": "[ivr_invalid]", "ru": "Такого варианта нет.", "uk": "Такого варіанта немає.",
	},
	"offer": {
		"en": "{t:datetime}: press {k:digits}.", "vi": "{t:datetime}: bấm phím {k:digits}.", "zh": "{t:datetime}，请按{k:digits}。",
		"fa": "[ivr_for] {t:date} {t:time} [ivr_press] {k:digits}", "ru": "{t:datetime}: нажмите {k:digits}.", "uk": "{t:datetime}: натисніть {k:digits}.",
	},
	"keep_time": {
		"en": "To choose none of them, press 0.", "vi": "Nếu không chọn giờ nào, bấm phím 0.", "zh": "都不选，请按0。",
		"fa": "[ivr_keep_time]", "ru": "Если ничего не подходит, нажмите ноль.", "uk": "Якщо нічого не підходить, натисніть нуль.",
	},
	"taken": {
		"en": "Somebody has just taken this time.", "vi": "Giờ này vừa có người đặt.", "zh": "这个时间刚被别人预约了。",
		"fa": "[ivr_taken]", "ru": "Это время только что заняли.", "uk": "Цей час щойно зайняли.",
	},
	"enter_code": {
		"en": "We have sent you a code by SMS. Please key it in, then press hash.", "vi": "Chúng tôi đã gửi mã qua tin nhắn. Xin nhập mã rồi bấm phím thăng.",
		"zh": "验证码已通过短信发送给您。请输入验证码，按井号键结束。", "fa": "[ivr_enter_code]",
		"ru": "Мы отправили вам код в СМС. Введите его и нажмите решётку.", "uk": "Ми надіслали вам код в СМС. Введіть його і натисніть решітку.",
	},
	"wrong_code": {
		"en": "This code is wrong.", "vi": "Mã này không đúng.", "zh": "验证码错误。", "fa": "[ivr_wrong_code]", "ru": "Код неверный.", "uk": "Код неправильний.",
	},
	"moment": {
		"en": "One moment, please.", "vi": "Xin đợi trong giây lát.", "zh": "请稍候。", "fa": "[ivr_moment]", "ru": "Одну минуту, пожалуйста.", "uk": "Хвилинку, будь ласка.",
	},
	"position": {
		"en": "You are number {n:number} in the queue.", "vi": "Bạn đang ở vị trí thứ {n:number} trong hàng đợi.", "zh": "您在队列中排第{n:number}位。",
		"fa": "[ivr_position] {n:number}", "ru": "Ваш номер в очереди: {n:number}.", "uk": "Ваш номер у черзі: {n:number}.",
	},
	"video": {
		"en": "To go on by video, press {k:digits}: we send you a link, and you keep your place.", "vi": "Để chuyển sang gọi video, bấm phím {k:digits}: chúng tôi gửi đường dẫn, và bạn giữ nguyên vị trí.",
		"zh": "如需转为视频通话，请按{k:digits}：我们会发送链接，您的排队位置不变。", "fa": "[ivr_video] {k:digits}",
		"ru": "Чтобы перейти на видео, нажмите {k:digits}: мы пришлём ссылку, ваше место сохранится.", "uk": "Щоб перейти на відео, натисніть {k:digits}: ми надішлемо посилання, ваше місце збережеться.",
	},
	"link_sent": {
		"en": "The link is on its way by SMS. Your place is kept. Goodbye.", "vi": "Đường dẫn đang được gửi qua tin nhắn. Vị trí của bạn được giữ. Tạm biệt.",
		"zh": "链接已通过短信发送，您的位置已保留。再见。", "fa": "[ivr_link_sent] [goodbye]",
		"ru": "Ссылка отправлена в СМС. Ваше место сохранено. До свидания.", "uk": "Посилання надіслано в СМС. Ваше місце збережено. До побачення.",
	},
	"connecting": {
		"en": "You are being connected.", "vi": "Chúng tôi đang nối máy.", "zh": "正在为您接通。", "fa": "[ivr_connecting]", "ru": "Соединяем вас.", "uk": "З'єднуємо вас.",
	},
	"sorry": {
		"en": "We are sorry, something went wrong on our side.", "vi": "Rất tiếc, đã có lỗi từ phía chúng tôi.", "zh": "抱歉，我们这边出了点问题。",
		"fa": "[ivr_failed]", "ru": "Извините, у нас произошла ошибка.", "uk": "Вибачте, у нас сталася помилка.",
	},
	"goodbye": {
		"en": "Goodbye.", "vi": "Tạm biệt.", "zh": "再见。", "fa": "[goodbye]", "ru": "До свидания.", "uk": "До побачення.",
	},
	"by_phone": {
		"en": "Hello. This is {bank}. We call you to go on by telephone with the person whom you talked to by video. There is no picture by telephone, and your voice is not recorded. To be connected, press 1.",
		"vi": "Xin chào. Đây là {bank}. Chúng tôi gọi để bạn tiếp tục qua điện thoại với người vừa gọi video với bạn. Qua điện thoại không có hình và giọng nói của bạn không được ghi âm. Để nối máy, bấm phím 1.",
		"zh": "您好，这里是{bank}。我们致电给您，以便您与刚才视频通话的工作人员继续电话沟通。电话中没有画面，您的声音不会被录音。接通请按1。",
		"fa": "[ivr_hello] [ivr_by_phone]",
		"ru": "Здравствуйте. Это {bank}. Мы звоним, чтобы вы продолжили по телефону разговор с сотрудником, с которым говорили по видео. По телефону нет изображения, и ваш голос не записывается. Чтобы соединиться, нажмите один.",
		"uk": "Вітаємо. Це {bank}. Ми телефонуємо, щоб ви продовжили телефоном розмову з працівником, з яким говорили по відео. Телефоном немає зображення, і ваш голос не записується. Щоб з'єднатися, натисніть один.",
	},
	"star": {
		"en": "To go back to video, press star.", "vi": "Để quay lại video, bấm phím sao.", "zh": "如需返回视频，请按星号键。",
		"fa": "[ivr_star]", "ru": "Чтобы вернуться к видео, нажмите звёздочку.", "uk": "Щоб повернутися до відео, натисніть зірочку.",
	},
	"back_to": {
		"en": "To go on by video, press 5: we send you a link. To go on by telephone, press 1.", "vi": "Để tiếp tục bằng video, bấm phím 5: chúng tôi gửi đường dẫn. Để tiếp tục qua điện thoại, bấm phím 1.",
		"zh": "如需继续视频通话，请按5，我们会发送链接。继续电话沟通请按1。", "fa": "[ivr_back_to]",
		"ru": "Чтобы продолжить по видео, нажмите пять: мы пришлём ссылку. Чтобы продолжить по телефону, нажмите один.", "uk": "Щоб продовжити по відео, натисніть п'ять: ми надішлемо посилання. Щоб продовжити телефоном, натисніть один.",
	},
	"link_now": {
		"en": "The link is on its way by SMS. Open it now.", "vi": "Đường dẫn đang được gửi qua tin nhắn. Xin mở ngay.", "zh": "链接已通过短信发送，请立即打开。",
		"fa": "[ivr_link_done]", "ru": "Ссылка отправлена в СМС. Откройте её сейчас.", "uk": "Посилання надіслано в СМС. Відкрийте його зараз.",
	},
	"agent_part": {
		"en": "The customer of your call goes on by telephone.", "vi": "Khách hàng trong cuộc gọi của bạn tiếp tục qua điện thoại.", "zh": "您通话中的客户转为电话沟通。",
		"fa": "[ivr_connecting]", "ru": "Клиент вашего звонка продолжает по телефону.", "uk": "Клієнт вашого дзвінка продовжує телефоном.",
	},
	"agent": {
		"en": "A customer of the queue is on the line.", "vi": "Khách hàng trong hàng đợi đang chờ máy.", "zh": "排队的客户已接入。",
		"fa": "[ivr_connecting]", "ru": "На линии клиент из очереди.", "uk": "На лінії клієнт із черги.",
	},
}

// phrases are phraseSource, taken apart.
var phrases = sync.OnceValue(func() map[string]Words {
	all := map[string]Words{}
	p := &parser{}
	for key, texts := range phraseSource {
		all[key] = Words{}
		for locale, text := range texts {
			all[key][locale] = p.phrase(&yaml.Node{Kind: yaml.ScalarNode, Value: text})
		}
	}
	if len(p.problems) > 0 {
		panic(p.problems[0].Message) // a constant
	}
	return all
})
